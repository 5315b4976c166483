# SPDX-License-Identifier: Apache-2.0
# What Rails has loaded when Sidekiq starts in it.
require "sidekiq"
require "active_job"
$stdout.sync = true
ActiveJob::Base.queue_adapter = :sidekiq
require_relative "mail_job"
