// Links and images, read as leniently as the most lenient browser would: what can't be told for
// certain leads elsewhere.
#include <algorithm>
#include <array>

#include "confirmers.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

enum class Target : std::uint8_t { kUndecided, kOwn, kForeign };

constexpr std::size_t kNone = std::string_view::npos;
// Without a mark in so many bytes it is a path of this site, or no URL at all.
constexpr std::size_t kSchemeBytesMax = 64;

bool is_host_allowed(std::string_view authority, const LinkPolicy& links) {
  const auto at = authority.rfind('@');
  if (at != kNone) authority.remove_prefix(at + 1);
  authority = authority.substr(0, authority.rfind(':'));
  return links.allows_host(authority);
}

// `url` begins behind its scheme and slashes.
Target target_of_authority(std::string_view url, bool is_open, const LinkPolicy& links) {
  const auto end = url.find_first_of("/?#\\");
  if (end == kNone && is_open) return Target::kUndecided;
  return is_host_allowed(url.substr(0, end), links) ? Target::kOwn : Target::kForeign;
}

// Where a URL leads that begins at `url`; `is_open` when more of it may come.
Target target_of(std::string_view url, bool is_open, const LinkPolicy& links) {
  const auto mark = url.substr(0, kSchemeBytesMax).find_first_of(":/?#\\&");
  if (mark == kNone)
    return is_open && url.size() < kSchemeBytesMax ? Target::kUndecided : Target::kOwn;
  const char c = url[mark];
  if (c == '&' || c == '\\') return Target::kForeign;  // a character in disguise
  if (c == '?' || c == '#') return Target::kOwn;
  if (c == '/') {
    if (mark > 0) return Target::kOwn;
    if (url.size() == 1) return is_open ? Target::kUndecided : Target::kOwn;
    if (url[1] != '/' && url[1] != '\\') return Target::kOwn;
    return target_of_authority(url.substr(2), is_open, links);
  }
  const std::string_view scheme = url.substr(0, mark);
  for (const std::string_view harmless : {"data", "mailto", "tel"}) {
    if (equals_ignoring_case(scheme, harmless)) return Target::kOwn;
  }
  if (!equals_ignoring_case(scheme, "https") && !equals_ignoring_case(scheme, "http"))
    return Target::kForeign;
  const auto host = url.find_first_not_of("/\\", mark + 1);
  if (host == kNone) return is_open ? Target::kUndecided : Target::kOwn;
  return target_of_authority(url.substr(host), is_open, links);
}

Finding judge(Target target, const Finding& if_foreign) {
  switch (target) {
    case Target::kUndecided:
      return more();
    case Target::kOwn:
      return no();
    case Target::kForeign:
      break;
  }
  return if_foreign;
}

// The destination of a Markdown link or definition at the beginning of `text`, perhaps in <>.
Finding confirm_destination(const Candidate& candidate, std::size_t begin) {
  const std::string_view text = candidate.text;
  const auto url = text.find_first_not_of(" \t\n<", begin);
  if (url == kNone) return more_if(candidate.is_open);
  const auto end = text.find_first_of(" \t\n)<>", url);
  const bool is_open = end == kNone && candidate.is_open;
  const std::string_view destination = text.substr(url, end == kNone ? kNone : end - url);
  return judge(target_of(destination, is_open, candidate.links), yes(url + 1));
}

// What a tag would fetch, with the characters gone that browsers drop from URLs.
bool fetches_from_elsewhere(std::string_view tag, const LinkPolicy& links) {
  std::array<char, kHeldBytesMax> kept{};
  std::size_t size = 0;
  for (const char c : tag) {
    if (c != '\t' && c != '\n' && c != '\r' && size < kept.size()) kept[size++] = to_lower_ascii(c);
  }
  const std::string_view clean(kept.data(), size);
  for (const std::string_view disguise : {"&#", "&sol", "&bsol", "&colon"}) {
    if (clean.find(disguise) != kNone) return true;
  }
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const std::string_view rest = clean.substr(i);
    const bool is_absolute = rest.starts_with("http:") || rest.starts_with("https:");
    const bool has_authority = rest.size() > 1 && (rest[0] == '/' || rest[0] == '\\') &&
                               (rest[1] == '/' || rest[1] == '\\');
    if (!is_absolute && !has_authority) continue;
    const auto host = rest.find_first_not_of("/\\", is_absolute ? rest.find(':') + 1 : 0);
    if (host == kNone) continue;
    const auto end = rest.find_first_of("/?#\\\"'<> ", host);
    if (!is_host_allowed(rest.substr(host, end == kNone ? kNone : end - host), links)) return true;
    i += host;
  }
  return false;
}

// The end of the tag: a > outside quotes.
std::size_t end_of_tag(std::string_view tag) {
  char quote = 0;
  for (std::size_t i = 0; i < tag.size(); ++i) {
    const char c = tag[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return i;
    }
  }
  return kNone;
}

constexpr std::array<std::string_view, 62> kTags = {
    "a",       "abbr",   "address",  "area",     "article", "aside",  "audio",   "b",
    "base",    "body",   "br",       "button",   "canvas",  "center", "code",    "details",
    "dialog",  "div",    "embed",    "em",       "font",    "footer", "form",    "frame",
    "h1",      "h2",     "h3",       "head",     "header",  "hr",     "html",    "i",
    "iframe",  "img",    "input",    "label",    "link",    "main",   "marquee", "math",
    "meta",    "nav",    "noscript", "object",   "option",  "p",      "picture", "pre",
    "section", "select", "script",   "source",   "span",    "strong", "style",   "svg",
    "table",   "td",     "template", "textarea", "tr",      "video"};

}  // namespace

bool LinkPolicy::allows_host(std::string_view host) const {
  return std::ranges::any_of(hosts, [&](const std::string& allowed) {
    if (!allowed.starts_with("*.")) return equals_ignoring_case(allowed, host);
    const auto suffix = std::string_view(allowed).substr(1);
    return host.size() > suffix.size() &&
           equals_ignoring_case(host.substr(host.size() - suffix.size()), suffix);
  });
}

Finding confirm_image(const Candidate& candidate) noexcept {
  if (candidate.links.allows_any_image) return no();
  const std::string_view text = candidate.text;
  std::size_t depth = 1;
  for (std::size_t i = candidate.opener_bytes; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (c == '[') {
      ++depth;
    } else if (c == '\n' && text.substr(i + 1).starts_with('\n')) {
      return no();  // a blank line ends the paragraph, and no image spans two
    } else if (c == ']' && --depth == 0) {
      if (i + 1 == text.size()) return more_if(candidate.is_open);
      return text[i + 1] == '(' ? confirm_destination(candidate, i + 2) : no();
    }
  }
  return more_if(candidate.is_open);
}

Finding confirm_definition(const Candidate& candidate) noexcept {
  if (candidate.links.allows_any_image) return no();
  return confirm_destination(candidate, candidate.opener_bytes);
}

Finding confirm_link(const Candidate& candidate) noexcept {
  if (candidate.links.allows_any_link) return no();
  return judge(target_of_authority(candidate.body(), candidate.is_open, candidate.links),
               candidate.body().empty() ? no() : yes(candidate.opener_bytes + 1));
}

Finding confirm_html_fetch(const Candidate& candidate) noexcept {
  if (candidate.links.allows_any_image) return no();
  const std::string_view body = candidate.body();
  if (body.empty()) return more_if(candidate.is_open);
  if (is_alphanumeric(body.front()) || body.front() == '-') return no();  // another, longer name
  const auto end = end_of_tag(body);
  if (end == kNone) return more_if(candidate.is_open);
  if (!fetches_from_elsewhere(body.substr(0, end), candidate.links)) return no();
  return yes(candidate.opener_bytes + end + 1);
}

Finding confirm_html_tag(const Candidate& candidate) noexcept {
  std::string_view body = candidate.body();
  const std::size_t begin = body.starts_with('/') ? 1 : 0;
  const auto end = body.find_first_of(" \t\n/>", begin);
  if (end == kNone) return more_if(candidate.is_open && body.size() < 12);
  const std::string_view name = body.substr(begin, end - begin);
  const bool is_known = std::ranges::any_of(
      kTags, [name](std::string_view tag) { return equals_ignoring_case(tag, name); });
  return is_known ? yes(candidate.opener_bytes + end) : no();
}

}  // namespace gatehouse::guard
