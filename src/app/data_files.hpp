// The files of the data folder, for the server and for the commands that work beside it.
#pragma once

#include <string>

#include "gatehouse/store/sqlite/store_file.hpp"

namespace gatehouse::app {

inline std::string store_path(const std::string& data_dir) { return data_dir + "/gatehouse.db"; }
inline std::string explanations_path(const std::string& data_dir) {
  return data_dir + "/explain.db";
}
inline std::string recordings_path(const std::string& data_dir) {
  return data_dir + "/recordings.db";
}
inline std::string replies_path(const std::string& data_dir) { return data_dir + "/replies.db"; }
inline std::string first_operator_path(const std::string& data_dir) {
  return data_dir + "/first-operator.txt";
}
inline std::string limits_path(const std::string& data_dir) { return data_dir + "/limits.bin"; }

// The data folder for this process alone, until the descriptor is closed. kConflict: a server runs
// there.
Result<int> lock_data_dir(const std::string& path);

// The server's store, for a command beside it. The error says what to do.
Result<store::sqlite::StoreFile> open_existing_store(const std::string& data_dir);

}  // namespace gatehouse::app
