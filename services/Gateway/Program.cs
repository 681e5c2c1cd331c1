using Gateway;
using ServiceDefaults;

if (HealthCommand.TryRun(args))
    return;

WebApplication.CreateBuilder(args)
    .AddServiceDefaults("gateway")
    .AddGateway()
    .Build()
    .MapGateway()
    .Run();
