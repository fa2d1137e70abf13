#include "first_operator.hpp"

#include <algorithm>
#include <filesystem>

#include "account_links.hpp"
#include "data_files.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/settings/machine.hpp"

namespace gatehouse::app {
namespace {

constexpr auto kLifetime = std::chrono::hours(1);

bool can_look_after_others(const identity::Account& account) {
  return account.role == Role::kOperator && !account.is_disabled;
}

Result<void> write_link(const std::string& path, const std::string& url) {
  std::error_code error;
  std::filesystem::remove(path, error);
  return settings::DiskFiles().write_new_private(path, url + "\n");
}

}  // namespace

Result<std::string> offer_first_operator(House& house, const std::string& address) {
  const std::string path = first_operator_path(house.settings.data_dir);
  const auto accounts = async::answer_of(
      [&](async::Worker& worker) { return house.accounts->list(worker, "default"); });
  if (!accounts) return std::unexpected(accounts.error());
  if (std::ranges::any_of(*accounts, can_look_after_others)) {
    std::error_code error;
    std::filesystem::remove(path, error);
    return std::string();
  }
  const auto& public_url = house.settings.server.public_url;
  const WallTime now = house.clock.wall();
  const NewLink made =
      make_link(public_url.empty() ? address : public_url, identity::LinkPurpose::kFirstOperator,
                {}, now + kLifetime, house.random);
  audit::Event event{.at = now,
                     .action = std::string(audit::action::kLinkMade),
                     .actor = "gatehouse",
                     .subject = "first_operator"};
  const auto kept = async::answer_of([&](async::Worker& worker) {
    return house.accounts->add_link(worker, made.link, std::move(event));
  });
  if (!kept) return std::unexpected(kept.error());
  if (auto written = write_link(path, made.url); !written) return std::unexpected(written.error());
  return made.url;
}

}  // namespace gatehouse::app
