using ServiceDefaults;

if (HealthCommand.TryRun(args))
    return;

WebApplication.CreateBuilder(args).AddServiceDefaults("gateway").Build().MapServiceDefaults().Run();
