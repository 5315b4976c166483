// SPDX-License-Identifier: Apache-2.0
// response.setHeader('Crosstown', crosstownItem('mail', { to: 42 }))
// Values may come from anybody: they cannot become anything but values.
function crosstownItem (task, fields = {}) {
  for (const [key, value] of Object.entries(fields)) {
    let text = String(value)
    if (typeof value === 'boolean') text = value ? '?1' : '?0'
    else if (!Number.isInteger(value) || Math.abs(value) > 999999999999999) {
      text = /^[\x20-\x7e]*$/.test(text)
        ? `"${text.replace(/["\\]/g, '\\$&')}"` : `:${Buffer.from(text).toString('base64')}:`
    }
    task += `;${key}=${text}`
  }
  return task
}

module.exports = crosstownItem
