// SPDX-License-Identifier: Apache-2.0
// usage: node bullmq_app.js MODULE PORT DB QUEUE
// Notes what it is called with.
const fs = require('fs')
const [, , module_, port, db, queue] = process.argv
const { Worker } = require(module_)

const connection = { host: '127.0.0.1', port: +port, db: +db,
  maxRetriesPerRequest: null }

const worker = new Worker(queue, async job => {
  fs.appendFileSync('ran', JSON.stringify([job.id, job.data]) + '\n')
  const times = fs.readFileSync('ran', 'utf8').split(job.id).length - 1
  if (job.name === 'Fails' && times < 2) throw new Error('not yet')
}, { connection })
worker.on('error', error => {
  console.error(error)
  process.exit(1)
})
