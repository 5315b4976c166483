-- SPDX-License-Identifier: Apache-2.0
-- A table of httpd has one value of a name here: lines are joined.
function handle(r)
    local query, status = r:parseargs(), 200
    for line in (query.head or ''):gmatch('[^|]+') do
        local name, value = line:match('^(.-): (.*)$')
        if name == 'Status' then
            status = tonumber(value:sub(1, 3))
        else
            local before = r.headers_out[name]
            r.headers_out[name] = before and before .. ', ' .. value or value
        end
    end
    if status >= 300 or status == 204 then
        return status
    end
    r.status = status
    r.content_type = 'text/plain'
    local body = r.method == 'POST' and r:requestbody() or ''
    r:puts('accepted: ', r.subprocess_env['CROSSTOWN'] or '-', '\nasked: ',
        r.headers_in['Crosstown'] or '-', '\nread: ', #body, '\n')
    if query.gate then
        r:flush()
        io.open(query.gate .. '.reached', 'w'):close()
        while not r:stat(query.gate) do
            r.usleep(5000)
        end
        r:puts('the end\n')
    end
    return apache2.OK
end
