@echo off
rem Runs the emulator from its build; builds it first when there is none.
set "dll=%~dp0Emulator.Host\bin\Release\net10.0\emulator.dll"
if not exist "%dll%" (
  echo emulator: building it first, once 1>&2
  dotnet build -c Release -v quiet -nologo "%~dp0Emulator.Host\Emulator.Host.csproj" 1>&2 || exit /b 2
)
dotnet "%dll%" %*
exit /b %errorlevel%
