ChainSimulator.SimulatorApp.Build(args).Run();
