using ServiceDefaults;
using Wallets;

if (HealthCommand.TryRun(args) || await CreateAdmin.TryRunAsync(args) || await NewAdminKey.TryRunAsync(args)) return;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("wallets");
builder.AddWallets();
var app = builder.Build();
app.MapServiceDefaults();
app.MapWallets();
await app.MigrateWalletsAsync();
await app.RunAsync();
