// The embedded files, and the pages made from them.
#pragma once

#include <string>

#include "gatehouse/server/asset.hpp"
#include "gatehouse/server/route.hpp"

namespace gatehouse::server {

// Sends one embedded file in the best form the client takes, or 304. One per asset and worker.
class StaticFile final : public Handler {
 public:
  StaticFile(const Asset& asset, bool is_open_to_other_origins);
  async::Task<void> handle(guard::Admitted<http::Request> request,
                           http::ResponseWriter& writer) override;

 private:
  const Asset& asset_;
  const bool is_open_to_other_origins_;
};

struct PageText {
  std::string title;
  std::string version;
};

// Sends a page: {{nonce}}, {{title}} and {{version}} are filled in, and the policy lets only
// scripts and styles with this response's nonce run. Never cached. One per page and worker.
class HtmlPage final : public Handler {
 public:
  HtmlPage(const Asset& page, PageText text, Random& random);
  async::Task<void> handle(guard::Admitted<http::Request> request,
                           http::ResponseWriter& writer) override;

 private:
  const Asset& page_;
  const PageText text_;
  Random& random_;
};

// The embedded file with that path, or null.
const Asset* find_asset(std::string_view path);

}  // namespace gatehouse::server
