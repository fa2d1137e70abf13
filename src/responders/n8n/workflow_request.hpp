// What a workflow is sent: the body, and the token that proves who sent it.
#pragma once

#include <string>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/responders/n8n/n8n_responder.hpp"

namespace gatehouse::responders {

// As n8n's own chat sends it, with what Gatehouse knows under `metadata`.
std::string make_workflow_body(const chat::Prompt& prompt, const N8nSettings& settings);

// Says who asks, for n8n alone: another issuer and audience than our own access tokens, no `kid`,
// and a key that is none of theirs. `settings` has a token key.
Secret make_workflow_token(const chat::Prompt& prompt, const N8nSettings& settings, WallTime now,
                           Random& random);

}  // namespace gatehouse::responders
