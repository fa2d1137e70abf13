// The files that are made from the table.
#include <optional>
#include <utility>
#include <vector>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/settings/commands.hpp"
#include "values.hpp"

namespace gatehouse::settings {
namespace {

constexpr std::size_t kColumns = 100;

struct SectionTitle {
  std::string_view section;
  std::string_view title;
};

constexpr SectionTitle kTitles[] = {
    {"", "General"},
    {"secrets", "Where secrets are"},
    {"vault", "HashiCorp Vault"},
    {"server", "Listening and the bounds of a connection"},
    {"tls", "TLS"},
    {"session", "Visitor sessions"},
    {"accounts", "People who sign in"},
    {"audit", "The audit log"},
    {"store", "The store"},
    {"cors", "Pages of other sites"},
    {"limits", "Request limits"},
    {"chat", "Conversations"},
    {"route", "Who answers what"},
    {"openai", "An OpenAI-compatible backend"},
    {"ollama", "Ollama"},
    {"widget", "The chat window"},
    {"log", "Logs"},
};

std::string_view title_of(std::string_view section) {
  for (const auto& row : kTitles) {
    if (row.section == section) return row.title;
  }
  return section;
}

void append_comment(std::string& out, std::string_view text) {
  std::string line = "#";
  for (const auto word : split(text, ' ')) {
    if (line.size() + 1 + word.size() > kColumns) {
      out += line + "\n";
      line = "#";
    }
    line += " " + std::string(word);
  }
  out += line + "\n";
}

std::string describe_type(const Setting& setting) {
  switch (setting.type) {
    case Type::kText:
      return "text";
    case Type::kPath:
      return "path";
    case Type::kSecret:
      if (setting.least == 0) return "secret";
      return "secret, " + std::to_string(setting.least) + " characters or more";
    case Type::kApiKeys:
      return "secret, name:key,name:key";
    case Type::kInteger: {
      const auto unit = unit_of(setting);
      return std::to_string(setting.least) + " to " + std::to_string(setting.most) +
             (unit.empty() ? "" : " " + std::string(unit));
    }
    case Type::kMoney:
      return "amount of money, with at most six digits behind a point";
    case Type::kBoolean:
      return "true or false";
    case Type::kChoice: {
      std::string names;
      for (const auto name : choices_of(setting)) {
        names += (names.empty() ? "" : ", ") + std::string(name);
      }
      return names;
    }
    case Type::kAddress:
      return "address:port";
    case Type::kUrl:
      return "URL";
    case Type::kOrigins:
      return "list of origins";
    case Type::kHosts:
      return "list of hosts";
    case Type::kPrefixes:
      return "list of addresses and prefixes";
    case Type::kFingerprints:
      return "list of JA4 fingerprints";
    case Type::kSentences:
      return "list of texts";
    case Type::kCookieName:
      return "cookie name";
  }
  return {};
}

// What is in force or, where nothing is, what could be.
std::string_view shown_default(const Setting& setting) {
  return setting.fallback.empty() ? setting.example : setting.fallback;
}

void append_explanation(std::string& out, const Setting& setting) {
  append_comment(out, setting.help);
  append_comment(out, "(" + describe_type(setting) +
                          (setting.fallback.empty() ? "; not set by default)" : ")"));
}

std::string toml_value(const Setting& setting, std::string_view text) {
  if (setting.type == Type::kInteger || setting.type == Type::kBoolean) return std::string(text);
  std::string quoted;
  append_json_string(quoted, text);  // a JSON string is a TOML string
  return setting.is_list() ? "[" + quoted + "]" : quoted;
}

// Settings that a file begins with; the others stand in it as comments with their defaults.
using Chosen = std::vector<std::pair<std::string_view, std::string>>;

std::optional<std::string> chosen_for(const Chosen& chosen, std::string_view key) {
  for (const auto& [name, text] : chosen) {
    if (name == key) return text;
  }
  return std::nullopt;
}

std::string toml_text(const Chosen& chosen) {
  std::string out =
      "# The settings of Gatehouse. What is commented out shows the default, or an example where\n"
      "# nothing is set by default. The environment and flags win over this file; `gatehouse "
      "check`\n"
      "# prints what is in force and where it is from.\n";
  std::string_view section;
  for (const auto& setting : all_settings()) {
    if (setting.status == Status::kLater || !setting.is_in_file) continue;
    if (setting.section() != section) {
      section = setting.section();
      out += "\n# " + std::string(title_of(section)) + "\n[" + std::string(section) + "]\n";
    }
    out += "\n";
    append_explanation(out, setting);
    const auto value = chosen_for(chosen, setting.key);
    out += (value ? "" : "# ") + std::string(setting.name()) + " = " +
           toml_value(setting, value ? *value : shown_default(setting)) + "\n";
  }
  return out;
}

std::string in_code(std::string_view text) {
  return text.empty() ? "" : "`" + std::string(text) + "`";
}

// A bar inside a table's cell would end it.
std::string in_cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string environment_cell(const Setting& setting) {
  std::string out;
  for (const auto& [name, part] : setting.environment) {
    if (name.empty()) break;
    out += (out.empty() ? "" : ", ") + in_code(name);
    if (part == Part::kHost) out += " (host)";
    if (part == Part::kPort) out += " (port)";
  }
  return out;
}

void append_later(std::string& out) {
  out +=
      "\n## Names of features that are not built yet\n\n"
      "Setting one of these stops the start, so that nobody believes in a backend or a protection\n"
      "that is not there. Empty is fine, and so is `USE_REDIS=false`.\n\n"
      "| environment | for |\n|---|---|\n";
  for (const auto& setting : all_settings()) {
    if (setting.status != Status::kLater) continue;
    out += "| " + environment_cell(setting) + " | " + std::string(setting.help) + " |\n";
  }
}

constexpr std::string_view kMarkdownHead =
    "# Configuration\n\n"
    "This page, `gatehouse.example.toml` and `.env.example` are made from the table of settings "
    "in\n"
    "the code. After a change of the table, run `gatehouse-settings-docs .` to make them anew.\n\n"
    "- `gatehouse.toml` is read first, then the environment, then the flags: the last one wins.\n"
    "- An empty environment name counts as not set. Lists have commas between their entries.\n"
    "- Each secret can come from a file: `SESSION_SECRET_FILE=/run/secrets/session`. Blanks and\n"
    "  line breaks at its ends are left out.\n"
    "- A secret can be a reference: `vault:mount/path#key` or `exec:program arguments`, or a file "
    "in\n"
    "  `secrets.directory`. [secrets.md](secrets.md) tells how.\n"
    "- Two names of one setting that disagree stop the start, and so does an unknown key.\n"
    "- `gatehouse check` reports all problems at once and prints every setting with its source;\n"
    "  `gatehouse init` writes a `gatehouse.toml` to begin with.\n\n"
    "Production refuses to start with a missing, default or short secret, with "
    "`ALLOWED_ORIGINS=*`,\n"
    "with debug on, with a self-signed certificate, and on a public address without TLS or a\n"
    "declared TLS proxy. `*` together with credentials is refused everywhere.\n";

}  // namespace

std::string settings_toml_example() { return toml_text({}); }

CommandResult init(const std::string& path, Files& files, Random& random) {
  const Chosen chosen = {{"environment", "development"},
                         {"data_dir", std::string(find_setting("data_dir")->fallback)},
                         {"server.listen", std::string(find_setting("server.listen")->fallback)},
                         {"session.secret", random_token(random, 36)}};
  const auto written = files.write_new_private(path, toml_text(chosen));
  if (written) {
    return {"Wrote " + path + " with a session secret of its own, readable by you only.\n" +
                "Next: gatehouse check, then gatehouse serve.\n",
            0};
  }
  if (written.error().code == ErrorCode::kConflict) {
    return {path + " is there already and was not touched.\n", 1};
  }
  return {"Can't write: " + written.error().client_message + ".\n", 1};
}

std::string env_example() {
  std::string out =
      "# The environment names of Gatehouse, with their defaults, or an example where nothing is "
      "set\n"
      "# by default. Copy to .env and uncomment what you set. Each secret can come from a file: "
      "put\n"
      "# _FILE behind its name.\n";
  std::optional<std::string_view> section;
  for (const auto& setting : all_settings()) {
    if (setting.status == Status::kLater) continue;
    if (section != setting.section()) {
      section = setting.section();
      out += "\n# --- " + std::string(title_of(*section)) + " ---\n";
    }
    out += "\n";
    append_explanation(out, setting);
    std::string others;
    for (const auto& [name, part] : setting.environment) {
      if (name.empty()) break;
      if (name == setting.environment[0].name) {
        out += "# " + std::string(name) + "=" + std::string(shown_default(setting)) + "\n";
        continue;
      }
      others += (others.empty() ? "" : ", ") + std::string(name);
    }
    if (!others.empty()) append_comment(out, "Also: " + others);
  }
  return out;
}

std::string settings_markdown() {
  std::string out(kMarkdownHead);
  std::optional<std::string_view> section;
  for (const auto& setting : all_settings()) {
    if (setting.status == Status::kLater) continue;
    if (section != setting.section()) {
      section = setting.section();
      out += "\n## " + std::string(title_of(*section)) +
             "\n\n| key | environment | default | what |\n|---|---|---|---|\n";
    }
    std::string key = setting.is_in_file ? in_code(setting.key) : "";
    if (!setting.flag.empty()) {
      key += std::string(key.empty() ? "" : "<br>") + "flag " + in_code(setting.flag);
    }
    out += "| " + key + " | " + environment_cell(setting) + " | " +
           (setting.fallback.empty() ? "not set" : in_code(setting.fallback)) + " | " +
           in_cell(setting.help) + " *(" + in_cell(describe_type(setting)) + ")* |\n";
  }
  append_later(out);
  return out;
}

}  // namespace gatehouse::settings
