# SPDX-License-Identifier: Apache-2.0
run(lambda do |env|
  query = Rack::Utils.parse_query(env['QUERY_STRING'])
  headers, status = { 'Content-Type' => 'text/plain' }, 200
  (query['head'] || '').split('|').each do |line|
    name, value = line.split(': ', 2)
    if name == 'Status'
      status = value.to_i
    else
      headers[name] = [headers[name], value].compact.join("\n")
    end
  end
  env['rack.early_hints'].call('Link' => '</style.css>; rel=preload') if query['early'] && env['rack.early_hints']
  next [status, headers.reject { |name| name == 'Content-Type' }, []] if [204, 304].include?(status)

  read = env['rack.input'].read.length
  body = Enumerator.new do |parts|
    parts << "accepted: -\nasked: #{env['HTTP_CROSSTOWN'] || '-'}\nread: #{read}\n"
    if query['gate']
      File.write(query['gate'] + '.reached', '')
      sleep 0.005 until File.exist?(query['gate'])
      parts << "the end\n"
    end
  end
  [status, headers, body]
end)
