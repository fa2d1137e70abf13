#include "guard_rules.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "gatehouse/server/asset.hpp"
#include "rule_files.hpp"

namespace gatehouse::app {
namespace {

constexpr std::string_view kRulesFolder = "/rules/";
constexpr std::string_view kReplyFolder = "reply/";
constexpr std::string_view kCompiled = "compiled.bin";

struct EmbeddedRules {
  std::vector<guard::RuleFile> files;
  std::string_view compiled;
};

EmbeddedRules embedded_rules() {
  EmbeddedRules rules;
  for (const auto& asset : server::embedded_assets()) {
    if (!asset.path.starts_with(kRulesFolder)) continue;
    const auto name = asset.path.substr(kRulesFolder.size());
    if (name == kCompiled) {
      rules.compiled = asset.identity;
    } else {
      rules.files.push_back({std::string(name), std::string(asset.identity)});
    }
  }
  return rules;
}

// An operator looks for the file by the path that the setting leads to.
std::unexpected<Error> in_folder(const std::string& folder, Error error) {
  if (!error.client_message.starts_with(folder))
    error.client_message = folder + (folder.ends_with('/') ? "" : "/") + error.client_message;
  return std::unexpected(std::move(error));
}

guard::ReplyMode reply_mode(settings::GuardSettings::Mode mode) {
  return static_cast<guard::ReplyMode>(mode);
}

guard::ReplyOptions reply_options(const settings::GuardSettings& settings,
                                  const std::vector<Secret>& planted) {
  guard::ReplyOptions options{.mode = reply_mode(settings.reply),
                              .personal = reply_mode(settings.reply_personal),
                              .html = reply_mode(settings.reply_html),
                              .link_hosts = settings.reply_links,
                              .words = settings.reply_words,
                              .canaries = planted};
  for (const auto canary : split(settings.canaries.reveal(), ','))
    options.canaries.emplace_back(std::string(canary));
  return options;
}

// The shipped rules, or those of the operator's folder.
Result<EmbeddedRules> rules_of(const settings::GuardSettings& settings) {
  EmbeddedRules rules = embedded_rules();
  if (settings.rules.empty()) return rules;
  auto files = read_rule_folder(settings.rules);
  if (!files) return std::unexpected(files.error());
  rules.files = std::move(*files);
  return rules;
}

std::string fingerprint_of(const std::vector<guard::RuleFile>& files) {
  std::string digests;
  for (const auto& file : files)
    digests.append(crypto::sha256_hex(file.name)).append(crypto::sha256_hex(file.text));
  return crypto::sha256_hex(digests);
}

Result<std::shared_ptr<const guard::ReplyRules>> compile_reply_rules(
    std::vector<guard::RuleFile> files, const settings::GuardSettings& settings,
    const guard::ReplyOptions& options) {
  std::erase_if(files,
                [](const guard::RuleFile& file) { return !file.name.starts_with(kReplyFolder); });
  auto rules = guard::ReplyRules::compile(files, options);
  if (!rules && !settings.rules.empty()) return in_folder(settings.rules, rules.error());
  return rules;
}

}  // namespace

namespace {

// The automata were copied out of the program's own file. Its pages, nine megabytes, are not looked
// at again until a reload reads them anew, so the kernel takes them back.
void give_back_pages(std::string_view bytes) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto start = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::uintptr_t first = (start + page - 1) / page * page;
  const std::uintptr_t last = (start + bytes.size()) / page * page;
  if (first >= last) return;
  // Failing costs memory only.
  static_cast<void>(madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED));
}

}  // namespace

Result<GuardRules> load_guard_rules(const settings::GuardSettings& settings,
                                    const std::vector<Secret>& planted) {
  auto rules = rules_of(settings);
  if (!rules) return std::unexpected(rules.error());
  auto message = guard::MessageRules::compile(rules->files, rules->compiled);
  give_back_pages(rules->compiled);
  if (!message) {
    if (settings.rules.empty()) return std::unexpected(message.error());
    return in_folder(settings.rules, message.error());
  }
  auto fingerprint = fingerprint_of(rules->files);
  auto reply =
      compile_reply_rules(std::move(rules->files), settings, reply_options(settings, planted));
  if (!reply) return std::unexpected(reply.error());
  return GuardRules{.message = std::move(*message),
                    .reply = std::move(*reply),
                    .fingerprint = std::move(fingerprint)};
}

std::string policy_fingerprint(const settings::Settings& settings, const GuardRules& rules) {
  const auto& guard = settings.guard;
  std::string text = rules.fingerprint;
  for (const std::uint64_t number :
       {std::uint64_t{guard.enforces}, std::uint64_t{guard.flag_at}, std::uint64_t{guard.deny_at},
        std::uint64_t{guard.denies_unscanned}, guard.scan_max_bytes,
        static_cast<std::uint64_t>(guard.reply), static_cast<std::uint64_t>(guard.reply_personal),
        static_cast<std::uint64_t>(guard.reply_html), settings.chat.reply_max_bytes})
    text.append(" ").append(std::to_string(number));
  for (const auto* const list : {&guard.observed_rules, &guard.reply_links, &guard.reply_words}) {
    text += "\n";
    for (const auto& each : *list) text.append(each).append("\t");
  }
  text.append("\n").append(guard.canaries.reveal());
  return crypto::sha256_hex(text);
}

Result<std::shared_ptr<const guard::ReplyRules>> load_masks(
    const settings::GuardSettings& settings) {
  auto rules = rules_of(settings);
  if (!rules) return std::unexpected(rules.error());
  return compile_reply_rules(std::move(rules->files), settings,
                             {.mode = guard::ReplyMode::kEnforce,
                              .personal = guard::ReplyMode::kEnforce,
                              .html = guard::ReplyMode::kOff,
                              .link_hosts = {"*"}});
}

}  // namespace gatehouse::app
