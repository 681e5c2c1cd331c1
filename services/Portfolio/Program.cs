using Messaging;
using Portfolio;
using Portfolio.Rebuilding;
using Portfolio.Statements.Verifying;
using ServiceDefaults;

return await ProgramCommands.RunAsync(args, PortfolioModule.Build, PortfolioModule.ServeAsync,
    SchemaStart.MigrateCommand(PortfolioModule.Build, PortfolioModule.Migrations), RebuildCommand.Command, VerifyStatementCommand.Command);
