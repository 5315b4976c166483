// SPDX-License-Identifier: Apache-2.0
// usage: node node_app.js PORT
require('http').createServer((request, response) => {
  response.statusCode = request.url.includes('fail') ? 422 : 201
  response.setHeader('Crosstown', `mail;to=${42}`)
  response.end()
}).listen(+process.argv[2], '127.0.0.1')
