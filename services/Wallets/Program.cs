using Messaging;
using ServiceDefaults;
using Wallets;

return await ProgramCommands.RunAsync(args, WalletsModule.Build, WalletsModule.ServeAsync,
    SchemaStart.MigrateCommand(WalletsModule.Build, WalletsModule.Migrations), CreateAdmin.Command, NewAdminKey.Command,
    MakeLoginLink.Command);
