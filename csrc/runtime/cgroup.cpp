// See cgroup.h. The group's name is in /proc/self/cgroup. In a container that name may be the host's, of which nothing
// is to be seen here, so the groups are tried from the mount point down, as far as they are there.
#include "runtime/cgroup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <string>

namespace mg {
namespace {

// Two numbers of a small file; how many there were ("max" is none).
int numbers(const std::string& path, double* a, double* b) {
  FILE* f = fopen(path.c_str(), "r");
  if (!f) return 0;
  const int found = fscanf(f, "%lf %lf", a, b);
  fclose(f);
  return found < 0 ? 0 : found;
}

// The name of the group of `controller` (version 1) or of all controllers (version 2, an empty name); "/" if not found.
std::string group_of(const std::string& root, const char* controller) {
  std::string found = "/";
  FILE* f = fopen((root + "/proc/self/cgroup").c_str(), "r");
  if (!f) return found;
  char line[4096];
  while (fgets(line, sizeof line, f)) {  // 4:cpu,cpuacct:/some/group
    char* names = strchr(line, ':');
    char* path = names ? strchr(names + 1, ':') : nullptr;
    if (!path) continue;
    *names++ = *path++ = 0;
    path[strcspn(path, "\n")] = 0;
    const std::string list = std::string(",") + names + ",";
    if (*controller ? list.find(std::string(",") + controller + ",") != std::string::npos : !*names) found = path;
  }
  fclose(f);
  return found;
}

// f(folder) for the mount point and each group on the way down to ours.
template <class F> void for_groups(const std::string& root, const char* mount, const char* controller, const F& f) {
  std::string folder = root + "/sys/fs/cgroup" + mount;
  const std::string group = group_of(root, controller);
  f(folder);
  for (size_t at = 0; at < group.size();) {
    const size_t end = group.find('/', at) == std::string::npos ? group.size() : group.find('/', at);
    if (end > at) f(folder += "/" + group.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace

int64_t memory_limit(const char* root) {
  double least = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
  const auto limit = [&](const std::string& file) {
    double bytes, rest;
    if (numbers(file, &bytes, &rest) >= 1 && bytes > 0 && bytes < least) least = bytes;
  };
  try {
    for (const char* mount : {"", "/unified"})
      for_groups(root, mount, "", [&](const std::string& group) {
        limit(group + "/memory.max");
        limit(group + "/memory.high");
      });
    for_groups(root, "/memory", "memory", [&](const std::string& group) { limit(group + "/memory.limit_in_bytes"); });
  } catch (...) {  // no memory for a path
  }
  return least > 0 ? (int64_t)least : 0;
}

int cpu_limit(const char* root) {
  double least = 0;
  const auto limit = [&](double quota, double period) {
    if (quota > 0 && period > 0 && (least == 0 || quota / period < least)) least = quota / period;
  };
  try {
    double quota, period, rest;
    for (const char* mount : {"", "/unified"})
      for_groups(root, mount, "", [&](const std::string& group) {
        if (numbers(group + "/cpu.max", &quota, &period) == 2) limit(quota, period);
      });
    for (const char* mount : {"/cpu", "/cpu,cpuacct"})
      for_groups(root, mount, "cpu", [&](const std::string& group) {
        if (numbers(group + "/cpu.cfs_quota_us", &quota, &rest) >= 1 &&
            numbers(group + "/cpu.cfs_period_us", &period, &rest) >= 1)
          limit(quota, period);
      });
  } catch (...) {}
  const int whole = (int)least;
  return least > whole ? whole + 1 : whole;
}

}  // namespace mg
