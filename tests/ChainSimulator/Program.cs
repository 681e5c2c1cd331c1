using ChainSimulator;

if (Ask.TryRun(args)) return;

SimulatorApp.Build(args).Run();
