using EventSourcing;
using Portfolio;
using Portfolio.Rebuilding;
using ServiceDefaults;

if (HealthCommand.TryRun(args) || await RebuildCommand.TryRunAsync(args)) return;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("portfolio").AddPortfolio();
var app = builder.Build();
app.MapServiceDefaults();
app.MapReadModel();
await app.Services.MigrateAsync([.. PortfolioModule.Migrations]);
await app.RunAsync();
