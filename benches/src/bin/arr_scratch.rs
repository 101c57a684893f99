use std::time::Instant;
use wengert::Tape;
use wengert_bench::CHAINS;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let only = args.get(1).cloned();
    let rounds: usize = args.get(2).and_then(|x| x.parse().ok()).unwrap_or(1000);
    let mut tot = [0.0; 2];
    for (name, ops, chain) in CHAINS {
        if only.as_ref().is_some_and(|o| o != name && o != "all") { continue; }
        let mut tape = Tape::new();
        let mut best = [f64::INFINITY; 2];
        for _ in 0..rounds {
            let start = Instant::now();
            let y = chain(&tape, 100);
            let a = start.elapsed();
            drop(y.backward());
            tape.clear();
            let b = start.elapsed() - a;
            best[0] = best[0].min(a.as_secs_f64() * 1e9 / (100 * ops) as f64);
            best[1] = best[1].min(b.as_secs_f64() * 1e9 / (100 * ops) as f64);
        }
        println!("{name:18}{:8.0}{:8.0}{:8.0}", best[0], best[1], best[0] + best[1]);
        tot[0] += best[0]; tot[1] += best[1];
    }
    println!("{:18}{:8.0}{:8.0}{:8.0}", "mean", tot[0]/14.0, tot[1]/14.0, (tot[0]+tot[1])/14.0);
}
