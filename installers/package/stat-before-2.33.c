/*
 * Until glibc 2.33, stat(2) and its kin were no functions of the library but calls of these, and old programs go on calling them. Zig
 * brings functions of its own for such a target, which set a variable `errno` of their own (0.12): SQLite then took a database that
 * was not there yet for one that cannot be opened. Ours come first, so that Zig's are not linked.
 *
 * The first argument is _STAT_VER of bits/stat.h in glibc 2.28. No header of it is read: today's declare the functions below as others.
 */
#if defined(__x86_64__)
#define VERSION 1
#elif defined(__aarch64__)
#define VERSION 0
#elif defined(__arm__)
#define VERSION 3
#endif

int __xstat(int version, const char *path, void *to);
int __lxstat(int version, const char *path, void *to);
int __fxstat(int version, int fd, void *to);
int __fxstatat(int version, int fd, const char *path, void *to, int flags);
int __xstat64(int version, const char *path, void *to);
int __lxstat64(int version, const char *path, void *to);
int __fxstat64(int version, int fd, void *to);
int __fxstatat64(int version, int fd, const char *path, void *to, int flags);

int stat(const char *path, void *to) { return __xstat(VERSION, path, to); }
int lstat(const char *path, void *to) { return __lxstat(VERSION, path, to); }
int fstat(int fd, void *to) { return __fxstat(VERSION, fd, to); }
int fstatat(int fd, const char *path, void *to, int flags) { return __fxstatat(VERSION, fd, path, to, flags); }
int stat64(const char *path, void *to) { return __xstat64(VERSION, path, to); }
int lstat64(const char *path, void *to) { return __lxstat64(VERSION, path, to); }
int fstat64(int fd, void *to) { return __fxstat64(VERSION, fd, to); }
int fstatat64(int fd, const char *path, void *to, int flags) { return __fxstatat64(VERSION, fd, path, to, flags); }
