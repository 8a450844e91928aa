# frozen_string_literal: true

# Runs the Rails template as its developer would: the controller behind Rack, its memory a table with a unique index.
# ruby run.rb TEMPLATE < cases; prints, for each case, its status and how often its event was applied.
# With --verify only LogiWebhook.verify runs, which needs no Rails.
require "json"
require "time"

template, mode = ARGV
cases = JSON.parse($stdin.read)

if mode == "--verify"
  require template
  puts JSON.generate(cases.map { |one|
    begin
      LogiWebhook.verify(one["body"], signature: one["headers"]["x-logi-signature"],
        timestamp_header: one["headers"]["x-logi-timestamp"], webhook_secret: one["webhook_secret"],
        key_for: ->(kid) { one["keys"][kid] }, now: one["now"])
      true
    rescue LogiWebhook::Refused
      false
    end
  })
  exit
end

require "logger"
require "active_record"
require "action_controller"
require "rack/mock"
require template

ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ":memory:")
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table(:logi_events) { |table| table.string :event_id, null: false, index: { unique: true } }
end

# What the template leaves to its developer.
class LogiEvent < ActiveRecord::Base; end

module LogiKeys
  class << self
    attr_accessor :keys

    def find(kid) = keys[kid]
  end
end

module LogiEvents
  class << self
    attr_accessor :applied

    def apply(_event) = self.applied += 1
  end
end

# The time that the case takes place at.
class << Time
  attr_accessor :frozen

  alias real_now now

  def now(...) = frozen ? at(frozen) : real_now(...)
end

puts JSON.generate(cases.map { |one|
  LogiKeys.keys, LogiEvents.applied = one["keys"], 0
  LogiEvent.delete_all
  ENV["LOGI_WEBHOOK_SECRET"] = one["webhook_secret"]
  Time.frozen = one["now"]
  headers = one["headers"].transform_keys { |name| "HTTP_#{name.upcase.tr("-", "_")}" }
  status = Array.new(2) {
    environment = Rack::MockRequest.env_for("http://localhost/webhooks/logi", method: "POST", input: one["body"],
      "CONTENT_TYPE" => "application/json", **headers)
    LogiWebhooksController.action(:create).call(environment)[0]
  }
  Time.frozen = nil
  { status: status, applied: LogiEvents.applied }
})
