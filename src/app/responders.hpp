// Whoever may answer: built from the settings, for one worker.
#pragma once

#include <memory>
#include <vector>

#include "gatehouse/guard/current_policy.hpp"
#include "gatehouse/http/client.hpp"
#include "gatehouse/responders/cache/cached_responder.hpp"
#include "gatehouse/responders/knowledge/knowledge_responder.hpp"
#include "gatehouse/responders/n8n/n8n_responder.hpp"
#include "gatehouse/responders/ollama/ollama_responder.hpp"
#include "gatehouse/responders/openai/openai_responder.hpp"
#include "gatehouse/responders/route/route_responder.hpp"
#include "house.hpp"

namespace gatehouse::app {

// Used on its worker's thread; everything given outlives it.
class Responders {
 public:
  Responders(House& house, async::Worker& worker, telemetry::Counters& counters,
             telemetry::Log& log, knowledge::Documents& documents, guard::CurrentPolicy policy,
             async::TaskGroup::OnException on_exception);

  // The site's route, behind what was kept of its answers.
  chat::Responder& route() { return cached_ ? static_cast<chat::Responder&>(*cached_) : *route_; }
  // When nobody asks any more.
  async::Task<void> drain();
  // What a backend is asked with from now on; nothing where there is none.
  void replace_openai_key(const Secret& key) {
    if (openai_ != nullptr) openai_->replace_api_key(key);
  }
  void replace_n8n_credentials(const settings::Settings& settings);

 private:
  http::ClientPool& add_pool(House& house, async::Worker& worker, telemetry::Counters& counters,
                             const settings::BackendSettings& backend);

  std::vector<std::unique_ptr<http::ClientPool>> pools_;
  std::vector<std::unique_ptr<chat::Responder>> all_;
  responders::OpenAiResponder* openai_ = nullptr;  // one of them, if it is used
  responders::N8nResponder* n8n_ = nullptr;        // the same
  std::unique_ptr<responders::RouteResponder> route_;
  std::unique_ptr<responders::CachedResponder> cached_;  // null: nothing is kept
};

}  // namespace gatehouse::app
