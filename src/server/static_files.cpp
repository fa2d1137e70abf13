#include "gatehouse/server/static_files.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/header_values.hpp"

namespace gatehouse::server {
namespace {

using codec::HeaderId;

constexpr std::size_t kNonceBytes = 18;

struct Form {
  std::string_view bytes;
  std::string_view encoding;  // empty: as it is
};

Form best_form(const Asset& asset, std::string_view accept_encoding) {
  if (!asset.brotli.empty() && codec::accepts_encoding(accept_encoding, "br"))
    return {asset.brotli, "br"};
  if (!asset.gzip.empty() && codec::accepts_encoding(accept_encoding, "gzip"))
    return {asset.gzip, "gzip"};
  return {asset.identity, {}};
}

// An entity tag names one form: "abc" becomes "abc-br".
std::string tag_of(const Asset& asset, const Form& form) {
  std::string tag(asset.etag);
  if (!form.encoding.empty()) tag.insert(tag.size() - 1, "-" + std::string(form.encoding));
  return tag;
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

StaticFile::StaticFile(const Asset& asset, bool is_open_to_other_origins)
    : asset_(asset), is_open_to_other_origins_(is_open_to_other_origins) {}

async::Task<void> StaticFile::handle(guard::Admitted<http::Request> request,
                                     http::ResponseWriter& writer) {
  const Form form = best_form(asset_, request->head.get(HeaderId::kAcceptEncoding));
  const std::string tag = tag_of(asset_, form);
  http::ResponseHead head;
  head.headers.add("Content-Type", asset_.content_type);
  head.headers.add("ETag", tag);
  // Names don't change with their content, so copies are used for a short while and then asked for
  // by tag.
  head.headers.add_lines(
      "Cache-Control: public, max-age=300, must-revalidate\r\nVary: Accept-Encoding\r\n");
  if (is_open_to_other_origins_)
    head.headers.add_lines("Cross-Origin-Resource-Policy: cross-origin\r\n");
  if (!form.encoding.empty()) head.headers.add("Content-Encoding", form.encoding);
  const bool is_known = codec::matches_etag(request->head.get(HeaderId::kIfNoneMatch), tag);
  if (is_known) head.status = 304;
  writer.send(head, is_known ? std::string_view() : form.bytes);
  co_return;
}

HtmlPage::HtmlPage(const Asset& page, PageText text, Random& random)
    : page_(page), text_(std::move(text)), random_(random) {}

async::Task<void> HtmlPage::handle(guard::Admitted<http::Request>, http::ResponseWriter& writer) {
  const std::string nonce = random_token(random_, kNonceBytes);
  std::string html(page_.identity);
  replace_all(html, "{{nonce}}", nonce);
  replace_all(html, "{{title}}", escape_html(text_.title));
  replace_all(html, "{{version}}", escape_html(text_.version));
  http::ResponseHead head;
  // blob: is the worker that does the proof of work; a blob is made by a script that the nonce let
  // in, and it runs under this policy too.
  head.headers.add_lines("Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n");
  head.headers.add(
      "Content-Security-Policy",
      "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'self' 'nonce-" + nonce +
          "'; connect-src 'self'; worker-src blob:; img-src 'self' data:; base-uri 'none'; "
          "form-action 'none'; frame-ancestors 'none'");
  writer.send(head, html);
  co_return;
}

const Asset* find_asset(std::string_view path) {
  const auto assets = embedded_assets();
  const auto found = std::ranges::find(assets, path, &Asset::path);
  return found == assets.end() ? nullptr : &*found;
}

}  // namespace gatehouse::server
