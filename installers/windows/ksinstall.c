/*
 * ksinstall.exe: starts the installer on the runtime that lies beside it in the unpacked archive, in the console it has, and
 * ends as the installer ends. Windows asks for elevation before it starts (ksinstall.manifest). After a double click its console is its
 * own and would be gone with its last words, so it waits for Enter then.
 */
#include <windows.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <wchar.h>
#include "arguments.h"

/* The longest path and command line that Windows has. */
#define LONGEST 32768

static wchar_t folder[LONGEST];
static wchar_t node[LONGEST];
static wchar_t line[LONGEST];

static int run(void) {
    DWORD length = GetModuleFileNameW(NULL, folder, LONGEST);
    if (length == 0 || length >= LONGEST) return -1;
    *wcsrchr(folder, L'\\') = 0;
    if (_snwprintf(node, LONGEST - 1, L"%ls\\payload\\node\\bin\\node.exe", folder) < 0) return -1;
    if (_snwprintf(line, LONGEST - 1, L"\"%ls\" \"%ls\\payload\\app\\dist\\installers\\install\\main.js\" %ls", node, folder,
                   arguments_of(GetCommandLineW())) < 0)
        return -1;
    STARTUPINFOW start = {.cb = sizeof start};
    PROCESS_INFORMATION child;
    if (!CreateProcessW(node, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child)) return -1;
    DWORD code = 1;
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    return (int)code;
}

/* The child takes Ctrl-C and ends cleanly; we end with it. */
static BOOL WINAPI leave_to_child(DWORD event) {
    return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

int wmain(void) {
    /* Otherwise a path ends where a letter is in no code page. */
    _setmode(_fileno(stderr), _O_U8TEXT);
    DWORD processes[2];
    BOOL own_console = GetConsoleProcessList(processes, 2) == 1;
    SetConsoleCtrlHandler(leave_to_child, TRUE);
    int code = run();
    if (code == -1) {
        fwprintf(stderr, L"ksinstall: %ls does not start (error %lu); unpack the whole zip first\n", node, GetLastError());
        code = 1;
    }
    if (own_console) {
        fputws(L"\nPress Enter to close this window. ", stdout);
        fflush(stdout);
        (void)getwchar();
    }
    return code;
}
