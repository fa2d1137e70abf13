#include "gatehouse/settings/settings.hpp"

#include <algorithm>

namespace gatehouse::settings {

std::vector<std::string_view> Settings::responders() const {
  std::vector<std::string_view> names;
  if (openai.is_used()) names.emplace_back("openai");
  if (ollama.is_used()) names.emplace_back("ollama");
  if (n8n.is_used()) names.emplace_back("n8n");
  names.emplace_back("knowledge");
  return names;
}

std::string_view Settings::model_of(std::string_view responder) const {
  if (responder == "openai") return openai.model;
  return responder == "ollama" ? std::string_view(ollama.model) : std::string_view();
}

bool Settings::asks_over_tls() const {
  const std::string_view line_url = line.is_used() ? std::string_view(line.api_url) : "";
  const auto urls = {std::string_view(openai.backend.url), std::string_view(ollama.backend.url),
                     std::string_view(n8n.backend.url), line_url};
  return openid.is_used() ||
         std::ranges::any_of(urls, [](std::string_view url) { return url.starts_with("https:"); });
}

Duration Settings::answer_timeout() const {
  Duration longest{};
  for (const auto* backend : {&openai.backend, &ollama.backend, &n8n.backend}) {
    if (!backend->url.empty()) longest = std::max(longest, backend->total_timeout);
  }
  return longest > Duration::zero() ? longest : openai.backend.total_timeout;
}

}  // namespace gatehouse::settings
