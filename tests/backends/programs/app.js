// SPDX-License-Identifier: Apache-2.0
const fs = require('fs')
const http = require('http')

http.createServer((request, response) => {
  const query = new URL(request.url, 'http://localhost').searchParams
  const headers = { 'content-type': 'text/plain' }
  let status = 200
  for (const line of (query.get('head') || '').split('|').filter(Boolean)) {
    const [, name, value] = line.match(/^(.*?): (.*)$/)
    if (name === 'Status') status = parseInt(value)
    else headers[name] = [...(headers[name] || []), value]
  }
  if (query.has('early')) {
    response.writeEarlyHints({
      link: '</style.css>; rel=preload; as=style', ...(query.get('early') && { Crosstown: query.get('early') })
    })
  }
  let read = 0
  request.on('data', data => { read += data.length })
  request.on('end', () => {
    if (query.has('trailer')) headers.trailer = 'Crosstown, X-Other'
    response.writeHead(status, headers)
    if (status === 204 || status === 304) return response.end()
    response.write(`accepted: -\nasked: ${request.headers.crosstown || '-'}\nread: ${read}\n`)
    if (query.has('trailer')) response.addTrailers({ Crosstown: query.get('trailer'), 'X-Other': '1' })
    if (!query.has('gate')) return response.end()
    const gate = query.get('gate')
    fs.writeFileSync(gate + '.reached', '')
    const look = () => fs.existsSync(gate) ? response.end('the end\n') : setTimeout(look, 5)
    look()
  })
}).listen(process.argv[2], '127.0.0.1')
