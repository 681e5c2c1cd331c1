namespace ServiceDefaults;
