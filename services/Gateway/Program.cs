using Gateway;
using ServiceDefaults;

return await ProgramCommands.RunAsync(args,
    settings => WebApplication.CreateBuilder(settings).AddServiceDefaults("gateway").AddGateway().Build(),
    gateway => gateway.MapGateway().RunAsync());
