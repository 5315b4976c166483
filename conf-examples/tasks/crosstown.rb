# SPDX-License-Identifier: Apache-2.0
# headers['Crosstown'] = crosstown_item('mail', to: 42)
# Values may come from anybody: they cannot become anything but values.
def crosstown_item(task, **fields)
  fields.each do |key, value|
    text = value.to_s
    if value == true || value == false
      text = value ? '?1' : '?0'
    elsif !value.is_a?(Integer) || value.abs > 999_999_999_999_999
      text = text.b.match?(/\A[\x20-\x7e]*\z/n) ? "\"#{text.gsub(/["\\]/) { "\\#{$&}" }}\"" : ":#{[text].pack('m0')}:"
    end
    task += ";#{key}=#{text}"
  end
  task
end
