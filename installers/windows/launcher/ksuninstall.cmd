@echo off
rem Takes the installation around this file away, whatever KSOCKET_HOME says.
setlocal DisableDelayedExpansion
for %%I in ("%~dp0.") do set "root=%%~fI"
set "slot="
set /p slot=<"%root%\usr\lib\ksocket\active"
if not "%slot%"=="a" if not "%slot%"=="b" (
  echo ksuninstall: "%root%\usr\lib\ksocket\active" names neither slot a nor slot b; remove "%root%" by hand 1>&2
  exit /b 1
)
set "KSOCKET_HOME=%root%"
set "slot=%root%\usr\lib\ksocket\slots\%slot%"
rem One line: this file is gone when the uninstaller has done its work.
"%slot%\node\bin\node.exe" "%slot%\app\dist\installers\uninstall\main.js" %* & exit /b
