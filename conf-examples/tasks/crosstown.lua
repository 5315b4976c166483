-- SPDX-License-Identifier: Apache-2.0
-- r.headers_out['Crosstown'] = crosstown_item(r, 'mail', { to = 42 })
-- Values may come from anybody: they cannot become anything but values.
function crosstown_item(r, task, fields)
    for key, value in pairs(fields or {}) do
        local text = tostring(value)
        if type(value) == 'boolean' then
            text = value and '?1' or '?0'
        elseif not text:match('^%-?%d+$') or #text > 15 then
            text = text:match('^[\32-\126]*$') and '"' .. text:gsub('["\\]', '\\%0') .. '"'
                or ':' .. r:base64_encode(text) .. ':'
        end
        task = task .. ';' .. key .. '=' .. text
    end
    return task
end
