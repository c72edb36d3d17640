/*
 * ksservice.exe: what the service manager's NSSM starts, with the arguments of `ksocket`. Before each start the version that is known to
 * work judges and installs an update (`ksocket update settle`), then the active one runs, in this console, and we end as it ends. It is no
 * batch file because cmd.exe asks "Terminate batch job (Y/N)?" when the service is stopped, and nobody is there to answer.
 */
#include <windows.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <wchar.h>
#include "arguments.h"

/* The longest path and command line that Windows has. */
#define LONGEST 32768

/* Exit code after which NSSM leaves the service stopped: starting it again would change nothing. */
#define STAY_STOPPED 78

/* HOME\usr\lib\ksocket, where this file lies beside the slots. */
static wchar_t place[LONGEST];
static wchar_t home[LONGEST];
static wchar_t path[LONGEST];
static wchar_t node[LONGEST];
static wchar_t line[LONGEST];

static volatile LONG told_to_end;

/* Control-C and its like reach every process of the console: the child ends cleanly, and we say how. */
static BOOL WINAPI leave_to_child(DWORD event) {
    (void)event;
    InterlockedExchange(&told_to_end, 1);
    return TRUE;
}

/* The slot that the file `active` or `settled` names: 'a', 'b', or 0. */
static wchar_t slot_in(const wchar_t *name) {
    if (_snwprintf(path, LONGEST - 1, L"%ls\\%ls", place, name) < 0) return 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return 0;
    char text[4] = {0};
    DWORD length = 0;
    BOOL is_read = ReadFile(file, text, sizeof text - 1, &length, NULL);
    CloseHandle(file);
    BOOL is_name = is_read && (text[0] == 'a' || text[0] == 'b') && (text[1] == 0 || text[1] == '\n' || text[1] == '\r');
    return is_name ? (wchar_t)text[0] : 0;
}

static BOOL has_program(wchar_t slot) {
    if (_snwprintf(path, LONGEST - 1, L"%ls\\slots\\%lc\\node\\bin\\node.exe", place, slot) < 0) return FALSE;
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

/* Returns the exit code, or -1 when it does not start. */
static int run(wchar_t slot, const wchar_t *arguments) {
    if (_snwprintf(node, LONGEST - 1, L"%ls\\slots\\%lc\\node\\bin\\node.exe", place, slot) < 0) return -1;
    if (_snwprintf(line, LONGEST - 1, L"\"%ls\" \"%ls\\slots\\%lc\\app\\dist\\cli\\main.js\" %ls", node, place, slot, arguments) < 0) return -1;
    STARTUPINFOW start = {.cb = sizeof start};
    PROCESS_INFORMATION child;
    if (!CreateProcessW(node, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child)) {
        fwprintf(stderr, L"ksservice: %ls does not start (error %lu); run ksinstall.exe again\n", node, GetLastError());
        return -1;
    }
    DWORD code = 1;
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    CloseHandle(child.hThread);
    CloseHandle(child.hProcess);
    return (int)code;
}

static BOOL find_place(void) {
    DWORD length = GetModuleFileNameW(NULL, place, LONGEST);
    if (length == 0 || length >= LONGEST) return FALSE;
    *wcsrchr(place, L'\\') = 0;
    if (_snwprintf(path, LONGEST - 1, L"%ls\\..\\..\\..", place) < 0) return FALSE;
    length = GetFullPathNameW(path, LONGEST, home, NULL);
    return length != 0 && length < LONGEST;
}

int wmain(void) {
    /* Otherwise a path ends where a letter is in no code page. */
    _setmode(_fileno(stderr), _O_U8TEXT);
    SetConsoleCtrlHandler(leave_to_child, TRUE);
    if (!find_place()) return STAY_STOPPED;
    if (GetEnvironmentVariableW(L"KSOCKET_HOME", path, LONGEST) == 0) SetEnvironmentVariableW(L"KSOCKET_HOME", home);
    wchar_t judge = slot_in(L"settled");
    wchar_t active = slot_in(L"active");
    /* A judge may be gone: an installation by hand was killed while it exchanged that slot. */
    if (judge == 0 || !has_program(judge)) judge = active;
    /* However it ends: an update that is not well is no reason not to start. */
    if (judge != 0) run(judge, L"update settle");
    if (told_to_end) return 0;
    active = slot_in(L"active");
    if (active == 0) {
        fwprintf(stderr, L"ksservice: %ls\\active names neither slot a nor slot b; run ksinstall.exe again\n", place);
        return STAY_STOPPED;
    }
    int code = run(active, arguments_of(GetCommandLineW()));
    return code == -1 ? 1 : code;
}
