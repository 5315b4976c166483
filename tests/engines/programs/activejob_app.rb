# SPDX-License-Identifier: Apache-2.0
# For `sidekiq -r`: jobs of Rails; they note what they are called with.
require "json"
require "sidekiq"
require "active_job"

ActiveJob::Base.queue_adapter = :sidekiq
ActiveJob::Base.logger = Logger.new(IO::NULL)

def note(id, arguments)
  File.open("ran", "a") { |file| file.puts JSON.generate([id, arguments]) }
end

class Echo < ActiveJob::Base
  def perform(*arguments)
    note(job_id, arguments)
  end
end

class Fails < ActiveJob::Base
  retry_on(RuntimeError, wait: 1, attempts: 3)

  def perform(*arguments)
    note(job_id, arguments)
    raise "not yet" if executions < 2
  end
end
Sidekiq.configure_server { |config| config.average_scheduled_poll_interval = 1 }
