@echo off
rem Starts the version of Ksocket that is active in the installation around this file.
setlocal DisableDelayedExpansion
for %%I in ("%~dp0..") do set "root=%%~fI"
set "slot="
set /p slot=<"%root%\usr\lib\ksocket\active"
if not "%slot%"=="a" if not "%slot%"=="b" (
  echo ksocket: "%root%\usr\lib\ksocket\active" names neither slot a nor slot b; run ksinstall.exe again 1>&2
  exit /b 1
)
if not defined KSOCKET_HOME set "KSOCKET_HOME=%root%"
set "slot=%root%\usr\lib\ksocket\slots\%slot%"
"%slot%\node\bin\node.exe" "%slot%\app\dist\cli\main.js" %*
exit /b %errorlevel%
