// What the settings ask of the machine, so that tests need neither its environment nor its files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/settings/secret_reference.hpp"

namespace gatehouse::settings {

class Environment {
 public:
  virtual ~Environment() = default;
  virtual std::optional<std::string> get(std::string_view name) const = 0;
  virtual std::vector<std::string> names() const = 0;
};

struct FileText {
  std::string text;
  bool is_readable_by_others = false;
};

inline constexpr std::size_t kSettingsFileBytesMax = 1024 * 1024;

// Errors: kNotFound, kTooLarge above kSettingsFileBytesMax, kConflict for a file that is there
// already, kUnavailable with the system's reason.
class Files {
 public:
  virtual ~Files() = default;
  virtual Result<FileText> read(const std::string& path) const = 0;
  virtual bool exists(const std::string& path) const = 0;
  // Makes the file and its folders, for their owner only; the file must not exist.
  virtual Result<void> write_new_private(const std::string& path, std::string_view text) = 0;
};

// Where HashiCorp Vault is, and how it knows us.
struct VaultAccess {
  std::string address;  // empty: there is none
  Secret token;
  std::string vault_namespace;  // empty: none is named
  std::string ca_file;          // trusted beside the system's authorities; empty: those alone
};

// What secrets are kept in beside files and the environment. Blocks. The error's message is what an
// operator does about it, as a sentence, without a secret; kUnavailable: it is away, and the next
// question would be in vain too.
class SecretSources {
 public:
  virtual ~SecretSources() = default;
  virtual Result<Secret> look_up(const SecretReference& reference, const VaultAccess& vault) = 0;
};

class ProcessEnvironment final : public Environment {
 public:
  std::optional<std::string> get(std::string_view name) const override;
  std::vector<std::string> names() const override;
};

class DiskFiles final : public Files {
 public:
  Result<FileText> read(const std::string& path) const override;
  bool exists(const std::string& path) const override;
  Result<void> write_new_private(const std::string& path, std::string_view text) override;
};

}  // namespace gatehouse::settings
