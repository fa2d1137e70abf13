// What was decided is kept for `gatehouse replay`, where the operator asks for that.
#include <filesystem>

#include "data_files.hpp"
#include "house.hpp"
#include "key_files.hpp"

namespace gatehouse::app {

Result<void> open_recordings(House& house) {
  const auto& record = house.settings.record;
  const std::string path = recordings_path(house.settings.data_dir);
  std::error_code error;
  if (!record.is_enabled && !std::filesystem::exists(path, error)) return {};
  auto masks = load_masks(house.settings.guard);
  if (!masks) return std::unexpected(masks.error());
  auto opened = store::sqlite::Recordings::open(
      path, house.sealers->recordings,
      {.days = record.days, .max_bytes = record.max_bytes, .masks = std::move(*masks)},
      house.random);
  if (!opened) return std::unexpected(opened.error());
  house.recordings = std::move(*opened);
  return {};
}

}  // namespace gatehouse::app
