# SPDX-License-Identifier: Apache-2.0
# For `sidekiq -r`: notes what it is called with, one JSON text a line.
require "json"
require "sidekiq"

# Looks for what is to be tried again more often than every few seconds.
Sidekiq.configure_server { |config| config.average_scheduled_poll_interval = 1 }

def note(id, arguments)
  File.open("ran", "a") { |file| file.puts JSON.generate([id, arguments]) }
end

class Echo
  include Sidekiq::Worker

  def perform(*arguments)
    note(jid, arguments)
  end
end

class Fails
  include Sidekiq::Worker
  sidekiq_retry_in { 1 }

  def perform(*arguments)
    note(jid, arguments)
    raise "not yet" if File.readlines("ran").count { |line|
      line.include? jid
    } < 2
  end
end
