using Messaging;
using ServiceDefaults;
using Sync;

return await ProgramCommands.RunAsync(args, SyncModule.Build, SyncModule.ServeAsync,
    SchemaStart.MigrateCommand(SyncModule.Build, SyncModule.Migrations));
