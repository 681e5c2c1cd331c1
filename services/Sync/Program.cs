using ServiceDefaults;
using Sync;

if (HealthCommand.TryRun(args)) return;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("sync");
builder.AddSync();
var app = builder.Build();
app.MapServiceDefaults();
app.MapSync();
await app.MigrateSyncAsync();
await app.RunAsync();
