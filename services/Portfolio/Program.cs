using EventSourcing;
using Portfolio;
using ServiceDefaults;

if (HealthCommand.TryRun(args)) return;

var builder = WebApplication.CreateBuilder(args).AddServiceDefaults("portfolio").AddPortfolio();
var app = builder.Build();
app.MapServiceDefaults();
app.MapPortfolio();
await app.Services.MigrateAsync(typeof(PortfolioModule).Assembly);
await app.RunAsync();
