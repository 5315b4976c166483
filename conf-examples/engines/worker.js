// SPDX-License-Identifier: Apache-2.0
// A worker of BullMQ, which does not know who has put a job into the queue:
// REDIS_PORT=6379 node worker.js. In the application:
// response.setHeader('Crosstown', `mail;to=${order.id}`)
const { Worker } = require('bullmq')

const connection = { port: +process.env.REDIS_PORT, maxRetriesPerRequest: null }

// What the header says is the data.
const worker = new Worker('mail', async job => {
  console.log(`a mail about order ${job.data.to}`)
}, { connection })
worker.on('error', error => console.error(error.message))
