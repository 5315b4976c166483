-- SPDX-License-Identifier: Apache-2.0
-- r:crosstown('mail', { to = 42 }), once for each task; or the header itself:
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

-- A method of mod_lua's requests from now on, in this state of Lua.
local requests = debug.getregistry()['Apache2.Request']
if requests and not requests.crosstown then
    local index = requests.__index
    function requests.crosstown(r, task, fields)
        local before, item = r.headers_out['Crosstown'], crosstown_item(r, task, fields)
        r.headers_out['Crosstown'] = before and before .. ', ' .. item or item
    end
    function requests.__index(r, key)
        return key == 'crosstown' and requests.crosstown or index(r, key)
    end
end
