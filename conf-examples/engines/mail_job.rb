# SPDX-License-Identifier: Apache-2.0
# A job of Rails, which does not know who has put it into the queue: app/jobs.
# In a controller: response.headers["Crosstown"] = "mail;to=#{order.id}"
class MailJob < ActiveJob::Base
  queue_as :mailers
  retry_on StandardError, wait: 10, attempts: 5

  # What the header says is one argument.
  def perform(fields)
    puts "a mail about order #{fields.fetch("to")}"
  end
end
