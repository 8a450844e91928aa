# frozen_string_literal: true

# A webhook receiver for Rails. LogiWebhook needs nothing but Ruby's standard library.
require "json"
require "openssl"

module LogiWebhook
  WINDOW_SECONDS = 300

  class Refused < StandardError; end

  # The event, once its signature holds. `key_for` gives the signing key of a kid, refetching the list on a miss.
  def self.verify(body, signature:, timestamp_header:, webhook_secret:, key_for:, now: Time.now.to_i)
    if signature.to_s.start_with?("sha256=")
      timestamp, secret, mac = timestamp_header.to_s, webhook_secret, signature.delete_prefix("sha256=")
    elsif signature.to_s.start_with?("t=") || signature.to_s.include?(",")
      fields = {}
      signature.split(",").each do |part|
        name, value = part.split("=", 2).map { |text| text.to_s.strip }
        raise Refused, "a field is there twice" if fields.key?(name) && %w[t kid v1].include?(name)

        fields[name] = value
      end
      timestamp, mac = fields["t"].to_s, fields["v1"].to_s
      secret = key_for.call(fields["kid"].to_s)
    else
      raise Refused, "no signature"
    end
    raise Refused, "no time" unless timestamp.match?(/\A[0-9]+\z/)
    raise Refused, "not of now" if (now - timestamp.to_i).abs > WINDOW_SECONDS
    raise Refused, "unknown key" if secret.nil? || secret.empty?

    wanted = OpenSSL::HMAC.hexdigest("SHA256", secret, body)
    raise Refused, "wrong signature" unless wanted.bytesize == mac.bytesize && OpenSSL.fixed_length_secure_compare(wanted, mac)

    JSON.parse(body)
  end
end

if defined?(ActionController)
  class LogiWebhooksController < ActionController::API
    def create
      event = LogiWebhook.verify(
        request.raw_post,
        signature: request.headers["X-Logi-Signature"],
        timestamp_header: request.headers["X-Logi-Timestamp"],
        webhook_secret: ENV.fetch("LOGI_WEBHOOK_SECRET"),
        key_for: ->(kid) { LogiKeys.find(kid) }
      )
      # A unique index on event_id; whatever is there already is answered 2xx.
      ActiveRecord::Base.transaction do
        LogiEvent.create!(event_id: event["event_id"])
        LogiEvents.apply(event)
      end
      head :no_content
    rescue ActiveRecord::RecordNotUnique
      head :no_content
    rescue LogiWebhook::Refused
      head :unauthorized
    end
  end
end
