// SPDX-License-Identifier: Apache-2.0
// The application of proxied.conf: node app.js 8000
// POST /orders answers at once, and has its mail sent afterwards by itself, at
// /internal/mail.
const http = require('http')
const crosstownItem = require('./crosstown.js')

function sendMail (order) {
  console.log(`mail: ${order}`)
}

function accepts (request, task) {
  return (request.headers['crosstown-accepted'] || '').split(',').includes(task)
}

http.createServer((request, response) => {
  let body = ''
  request.on('data', data => { body += data })
  request.on('end', () => {
    const path = request.url.split('?')[0]
    const fields = new URLSearchParams(body)
    if (request.method === 'POST' && path === '/orders') {
      const order = fields.get('order')
      if (accepts(request, 'mail')) response.setHeader('Crosstown', crosstownItem('mail', { order }))
      else sendMail(order)
      response.writeHead(201)
    } else if (request.method === 'POST' && path === '/internal/mail') {
      sendMail(fields.get('order'))
      response.writeHead(204)
    } else {
      response.writeHead(404)
    }
    response.end()
  })
}).listen(process.argv[2], '127.0.0.1')
