// The file of the house's durable state: conversations, accounts, the audit log.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "gatehouse/base/error.hpp"
#include "gatehouse/store/sqlite/readers.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

struct StoreFileOptions {
  unsigned readers = 2;
  std::size_t queue_limit = 1024;  // of writes, and of reads
};

struct StoreFile {
  std::unique_ptr<Writer> writer;
  std::unique_ptr<Readers> readers;
};

// Makes or opens the file, checks it for damage and brings its schema up to date. The error says
// what an operator does.
Result<StoreFile> open_store_file(const std::string& path, const StoreFileOptions& options = {});

}  // namespace gatehouse::store::sqlite
