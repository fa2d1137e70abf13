#include "gatehouse/settings/secret_reference.hpp"

#include <algorithm>
#include <utility>

#include "gatehouse/base/text.hpp"

namespace gatehouse::settings {
namespace {

constexpr std::string_view kVault = "vault:";
constexpr std::string_view kExec = "exec:";
constexpr std::size_t kPartBytesMax = 512;
constexpr std::size_t kArgumentsMax = 64;

std::unexpected<Error> bad(std::string message) {
  return fail(ErrorCode::kInvalid, std::move(message));
}

// What needs no encoding in a URL's path and can't end it.
bool is_plain(std::string_view text) {
  constexpr std::string_view kOthers = "-_.~@+=,:";
  return !text.empty() && text.size() <= kPartBytesMax && text != "." && text != ".." &&
         std::ranges::all_of(text, [&](char c) {
           const char lower = to_lower_ascii(c);
           return is_digit_ascii(c) || (lower >= 'a' && lower <= 'z') || kOthers.contains(c);
         });
}

Result<SecretReference> parse_vault(std::string_view text) {
  constexpr std::string_view kForm =
      "must have the form vault:mount/path#key, of letters, digits and -_.~@+=,: alone.";
  const auto hash = text.find('#');
  const auto slash = text.find('/');
  if (hash == std::string_view::npos || slash == std::string_view::npos || slash > hash)
    return bad(std::string(kForm));
  SecretReference found{.mount = std::string(text.substr(0, slash)),
                        .path = std::string(text.substr(slash + 1, hash - slash - 1)),
                        .key = std::string(text.substr(hash + 1)),
                        .arguments = {}};
  bool is_good = is_plain(found.mount) && is_plain(found.key) && found.path.size() <= kPartBytesMax;
  std::string_view rest = found.path;
  while (is_good) {
    const auto end = rest.find('/');
    is_good = is_plain(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  if (!is_good) return bad(std::string(kForm));
  return found;
}

// Blanks part the arguments, but not between double quotes, where \" and \\ stand for " and \.
// Nothing else means anything: no variables, no pipes, no single quotes.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  Result<std::vector<std::string>> read() {
    std::vector<std::string> words;
    while (skip_blanks()) {
      auto word = next();
      if (!word) return bad("has a double quote that doesn't end.");
      if (words.size() == kArgumentsMax) return bad("has more than 64 arguments.");
      words.push_back(std::move(*word));
    }
    if (words.empty() || words.front().empty()) return bad("names no program behind exec:.");
    return words;
  }

 private:
  bool skip_blanks() {
    const auto begin = rest_.find_first_not_of(" \t");
    rest_.remove_prefix(std::min(begin, rest_.size()));
    return !rest_.empty();
  }
  std::optional<std::string> next() {
    std::string word;
    bool is_quoted = false;
    while (!rest_.empty() && (is_quoted || (rest_.front() != ' ' && rest_.front() != '\t'))) {
      const bool is_escape = is_quoted && rest_.size() > 1 && rest_[0] == '\\' &&
                             (rest_[1] == '"' || rest_[1] == '\\');
      if (rest_.front() == '"') {
        is_quoted = !is_quoted;
      } else {
        word += rest_[is_escape ? 1 : 0];
      }
      rest_.remove_prefix(is_escape ? 2 : 1);
    }
    if (is_quoted) return std::nullopt;
    return word;
  }

  std::string_view rest_;
};

}  // namespace

std::string SecretReference::shown() const {
  if (kind == Kind::kVault) return "vault " + vault_path() + "#" + key;
  return "exec " + arguments.front();
}

bool is_secret_reference(std::string_view text) {
  return text.starts_with(kVault) || text.starts_with(kExec);
}

Result<SecretReference> parse_secret_reference(std::string_view text) {
  const bool has_control_character = std::ranges::any_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
  if (has_control_character) return bad("holds a line break or control character.");
  if (text.starts_with(kVault)) return parse_vault(text.substr(kVault.size()));
  auto words = Words(text.substr(std::min(kExec.size(), text.size()))).read();
  if (!words) return std::unexpected(words.error());
  SecretReference found;
  found.kind = SecretReference::Kind::kExec;
  found.arguments = std::move(*words);
  return found;
}

}  // namespace gatehouse::settings
