# SPDX-License-Identifier: Apache-2.0
# For puma: a controller of Rails.
require "action_controller"

class Orders < ActionController::API
  def create
    response.headers["Crosstown"] = "mail;to=42"
    head params[:fail] ? :unprocessable_entity : :created
  end
end

run Orders.action(:create)
